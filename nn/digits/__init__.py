"""What turns ink into an answer."""
