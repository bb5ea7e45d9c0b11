"""Les classeurs Excel et ODS d'un document publié : des tables protégées, une par feuille, que l'on peut relire."""
