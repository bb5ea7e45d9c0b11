"""La campagne : calculer, exécuter et publier les rapports d'un ensemble de services et d'années."""
