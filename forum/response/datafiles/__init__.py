"""Files of 공익데이터: resumable uploads, checks before anything is published, and signed links that end."""
