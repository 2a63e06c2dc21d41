"""자료로 풀린 일: what people found out with datasets, with a chart, and what it changed."""
