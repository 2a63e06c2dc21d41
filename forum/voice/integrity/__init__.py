"""Evidence of organised votes, moderators' decisions that votes do not count, objections, and the public record."""
