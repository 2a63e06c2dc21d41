"""The sample forum for first visitors, loaded through the services that people use."""
