"""Azure: Cost Management exports from a storage account or a folder of the same layout."""
