"""From numbers to deeds: weekly proposals, and what members approved of them, carried out."""
