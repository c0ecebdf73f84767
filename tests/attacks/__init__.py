"""What somebody tries who means harm; docs/security.md names the threat behind each."""
