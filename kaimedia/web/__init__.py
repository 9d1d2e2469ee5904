"""What stands between the server and the app: firewall, limits, paths, headers, media and the gallery’s own API."""
