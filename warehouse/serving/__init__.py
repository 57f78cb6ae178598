"""What readers open without the lake: cut by organization before anybody asks."""
