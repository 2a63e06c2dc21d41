"""Digests, the reports that policymakers download: one run, one data cut, every number traceable to ideas."""
