"""자료 요청 이유: what people would have to know to settle an idea, and who else wants to know it."""
