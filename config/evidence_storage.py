"""What the storage of evidence is made with, from the settings of the environment."""

import json
from pathlib import Path
from typing import Any, Final

FOLDER_STORAGE: Final = "django.core.files.storage.FileSystemStorage"


# `Any`: a storage class's own arguments.
def evidence_options(text: str, backend: str, data_dir: Path) -> dict[str, Any]:
    """The JSON object in `text`; unset, for a folder a private one below `data_dir`."""
    if text.strip():
        return dict(json.loads(text))
    if backend != FOLDER_STORAGE:
        return {}
    return {
        "location": str(data_dir / "evidence"),
        "file_permissions_mode": 0o600,
        "directory_permissions_mode": 0o700,
    }
