"""One verb per file, used alike by CLI, API and portal: the only counter where anything happens."""
