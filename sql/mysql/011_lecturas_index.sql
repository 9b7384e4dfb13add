ALTER TABLE lecturas ADD KEY lecturas_cambio (cambio)
