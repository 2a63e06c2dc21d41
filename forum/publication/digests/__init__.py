"""The reports policymakers download: one run, one data cut, every number traceable."""
