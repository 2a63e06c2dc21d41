"""찬성 / 반대 / 넘김: one vote per participant and idea, every change recorded."""
