"""자료 미리보기: the first rows of a table, sorted, filtered, counted and summed in a child process under limits."""
