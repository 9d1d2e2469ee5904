"""What the gallery's grid reads while people scroll: `/app/gallery/…`, for our own pages only."""
