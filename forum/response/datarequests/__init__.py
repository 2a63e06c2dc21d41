"""자료 신청: who asks for restricted data, who reviews it, on what terms it is given, and how long it takes."""
