ALTER TABLE usuarios ADD KEY usuarios_sin_gramas (sin_gramas)
