"""What people look at: the 3D player, the charts, the report page and the overlay video.  No maths here."""
