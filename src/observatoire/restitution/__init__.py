"""La restitution : des cellules protégées à ce que le lecteur voit, et jamais de donnée de personne."""
