"""What the Train panel draws: pictures of a training, and the page of its settings."""
