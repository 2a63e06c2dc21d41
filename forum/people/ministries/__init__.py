"""The ministries and local governments that themes are sent to."""
