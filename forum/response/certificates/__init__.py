"""정책이 된 제안: a page and a PDF for each idea that a ministry accepted, wholly or partly."""
