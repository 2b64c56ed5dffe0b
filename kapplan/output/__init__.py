"""Ways out, pure: views for people, exports for programs."""
