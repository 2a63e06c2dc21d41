"""The minutes of a gathering: drafted from what happened, confirmed by the room, published."""
