"""Validates each object of the files against Kubernetes' schemas of a version.

    python validate.py 1.13 FILE...

Not the package's own command: that one calls PyYAML as it was before 6.0.
"""
import sys
import warnings

warnings.filterwarnings("ignore", category=UserWarning)
import kubernetes_validate
import yaml



def pruned(value):
    """Without fields that are null: Go's decoder takes them for unset, and as
    published the Secret has one (`data:` with comments alone); the schemas
    don't know of that."""
    if isinstance(value, dict):
        return {key: pruned(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [pruned(item) for item in value]
    return value


version, *paths = sys.argv[1:]
count = failed = 0
for path in paths:
    with open(path, encoding="utf-8") as file:
        for number, resource in enumerate(yaml.safe_load_all(file)):
            if resource is None:
                continue
            count += 1
            try:
                kubernetes_validate.validate(pruned(resource), version, strict=True)
            except Exception as error:  # any: the test shows its words
                failed += 1
                message = getattr(error, "message", str(error))
                print(f"{path}: object {number} ({resource.get('kind')}): {message}")
print(f"{count} objects, {failed} not valid")
sys.exit(1 if failed else 0)
