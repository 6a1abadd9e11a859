"""The doors for programs: EPCIS below `/epcis`, our own resources below `/api`."""
