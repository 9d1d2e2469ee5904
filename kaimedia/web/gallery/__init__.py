"""The gallery API: `/app/gallery/…`, read by the grid while scrolling; for our own pages only."""
