"""Le cahier régional : ce qu'une fédération publie sur les services de nombreuses associations."""

from observatoire.cahiers.documents import documents

__all__ = ["documents"]
