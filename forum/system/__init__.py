"""Audit, jobs and notices: what every act leaves behind."""
