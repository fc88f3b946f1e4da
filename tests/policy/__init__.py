"""The rules, one second either side of every boundary, and the authorization they lead to."""
