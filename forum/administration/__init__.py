"""What reads everything: operations, personal-data export."""
