"""The windows a browser looks through: pages, their JSON and CSV twins, the log's tiles."""
