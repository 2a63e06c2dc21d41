"""Reports, hiding with a reason, appeals, and the public record of how often."""
