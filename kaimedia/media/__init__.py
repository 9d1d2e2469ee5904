"""Files: fetching, checking, thumbnails, keeping and serving. Light to import; the parts are imported by name."""
