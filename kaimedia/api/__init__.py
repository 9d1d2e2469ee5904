"""What the app serves over HTTP beside the pages."""
