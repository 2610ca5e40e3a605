"""Installation commands of a notebook become wishes, and nothing else does."""

# ruff: noqa: E501  # a cell reads best as one text

from __future__ import annotations

import pytest

from jupyter_containerize.analysis.commands import read_commands
from jupyter_containerize.analysis.statements import read_code
from tests.notebooks.made import notebook_of

# Cell, and what is declared: manager, name, specifier, rule; a direct reference follows its name.
COMMANDS: dict[str, tuple[str, list[str]]] = {
    "%pip": ("%pip install pandas", ["pip pandas %pip"]),
    "!pip": ("!pip install pandas numpy", ["pip pandas !pip", "pip numpy !pip"]),
    "!pip3": ("!pip3 install pandas", ["pip pandas !pip"]),
    "path to pip": ("!/opt/conda/bin/pip install pandas", ["pip pandas !pip"]),
    "python -m pip": ("!python3.9 -m pip install pandas", ["pip pandas !pip"]),
    "this python -m pip": ("!{sys.executable} -m pip install pandas", ["pip pandas !pip"]),
    "sudo and environment": ("!sudo -H X=1 pip install pandas", ["pip pandas !pip"]),
    "uv pip": ("!uv pip install pandas", ["pip pandas !pip"]),
    "uv add": ("!uv add 'pandas>=2' --dev", ["pip pandas>=2 !pip"]),
    "poetry": ("!poetry add pandas -G dev", ["pip pandas !pip"]),
    "poetry caret": ("!poetry add pandas@^2.0", ["pip pandas !pip"]),
    "quoted specifier": ("!pip install 'pandas>=1.2,<2' \"numpy==1.20\"", ["pip pandas<2,>=1.2 !pip", "pip numpy==1.20 !pip"]),
    "bare specifier": ("!pip install pandas>=1.2 numpy<2", ["pip pandas>=1.2 !pip", "pip numpy<2 !pip"]),
    "spaced specifier": ("!pip install pandas == 1.2 numpy", ["pip pandas==1.2 !pip", "pip numpy !pip"]),
    "commas": ("!pip install pandas, numpy", ["pip pandas !pip", "pip numpy !pip"]),
    "extras": ("!pip install transformers[torch]", ["pip transformers[torch] !pip"]),
    "normalised": ("!pip install Keras_Tuner", ["pip keras-tuner !pip"]),
    "flags": ("!pip install -q -U --no-cache-dir --user pandas -qq", ["pip pandas !pip"]),
    "options with values": (
        "!pip install -i https://x/simple --extra-index-url=https://y -f https://z/w.html -t out -c c.txt pandas",
        ["pip pandas !pip"],
    ),
    "redirections": ("!pip install pandas > /dev/null 2>&1", ["pip pandas !pip"]),
    "redirect all": ("!pip install pandas &> log.txt", ["pip pandas !pip"]),
    "several commands": ("!apt-get update && pip install pandas; pip install numpy | tail -1", ["pip pandas !pip", "pip numpy !pip"]),
    "comment": ("!pip install pandas # numpy", ["pip pandas !pip"]),
    "VCS": ("!pip install git+https://github.com/a/b.git@main", ["pip @git+https://github.com/a/b.git@main !pip"]),
    "VCS with a token": (
        "!pip install git+https://{token}@github.com/a/b.git#egg=b",
        ["pip b@git+https://github.com/a/b.git#egg=b !pip"],
    ),
    "editable": ("!pip install -e ../project", ["pip @../project !pip"]),
    "variable": ("VERSION = '1.2'\n!pip install pandas=={VERSION} numpy==$VERSION", ["pip pandas==1.2 !pip", "pip numpy==1.2 !pip"]),
    "unknown version": ("!pip install pandas=={v} numpy=={v},<3", ["pip pandas !pip", "pip numpy !pip"]),
    "unknown name": ("!pip install {name} $name torch-{cuda} pandas", ["pip pandas !pip"]),
    "two values": ("V = '1'\nV = '2'\n!pip install pandas=={V}", ["pip pandas !pip"]),
    "continued": ("!pip install pandas \\\n  numpy", ["pip pandas !pip", "pip numpy !pip"]),
    "inside if": ("if COLAB:\n    !pip install pandas", ["pip pandas !pip"]),
    "in what does not parse": ("def f():\n    print 'x'\n    !pip install pandas", ["pip pandas !pip"]),
    "in %%capture": ("%%capture\n!pip install pandas", ["pip pandas !pip"]),
    "%%bash": ("%%bash\n# setup\npip install pandas \\\n  numpy\nif true; then pip install six; fi", [
        "pip pandas %%bash", "pip numpy %%bash", "pip six %%bash",
    ]),
    "%%bash variable": ("%%bash\nV=1.2\npip install pandas==$V", ["pip pandas==1.2 %%bash"]),
    "%%script": ("%%script bash\npip install pandas", ["pip pandas %%bash"]),
    "here document": ("%%bash\ncat > x <<EOF\npip install six\nEOF\npip install pandas", ["pip pandas %%bash"]),
    "bash -c": ("!bash -c 'pip install pandas'", ["pip pandas !pip"]),
    "subprocess": (
        "import subprocess, sys\nsubprocess.check_call([sys.executable, '-m', 'pip', 'install', 'pandas', name])",
        ["pip pandas !pip"],
    ),
    "subprocess, added lists": ("subprocess.run([sys.executable] + ['-m', 'pip', 'install'] + ['pandas'])", ["pip pandas !pip"]),
    "subprocess, text": ("subprocess.run('pip install pandas', shell=True)", ["pip pandas !pip"]),
    "subprocess, split": ("subprocess.run('pip install pandas'.split())", ["pip pandas !pip"]),
    "os.system": ("import os\nos.system('pip install pandas')", ["pip pandas !pip"]),
    "os.system, f-string": ("os.system(f'{sys.executable} -m pip install pandas {x}')", ["pip pandas !pip"]),
    "get_ipython": ("get_ipython().system('pip install pandas')", ["pip pandas !pip"]),
    "get_ipython magic": ("get_ipython().magic('pip install pandas')", ["pip pandas %pip"]),
    "pip.main": ("import pip\npip.main(['install', 'pandas'])", ["pip pandas !pip"]),
    "%conda": ("%conda install pandas", ["conda pandas %conda"]),
    "conda": ("!conda install -c conda-forge -n env pandas=1.2 numpy==1.20 conda-forge::dask --yes", [
        "conda pandas==1.2.* %conda", "conda numpy==1.20 %conda", "conda dask %conda",
    ]),
    "conda build": ("!mamba install 'pandas=1.2.0=py39_0' \"numpy >=1.2,<2\"", [
        "conda pandas==1.2.0 %conda", "conda numpy>=1.2,<2 %conda",
    ]),
    "conda run": ("!conda run -n env pip install pandas", ["pip pandas !pip"]),
    "conda environment": ("!conda create -n x pandas", []),
    "apt": ("!sudo apt-get -qq -o A=b install -y graphviz=2.4 libgl1:amd64", ["apt graphviz !apt", "apt libgl1 !apt"]),
    "apt in %%bash": ("%%bash\napt install -y ffmpeg", ["apt ffmpeg %%bash"]),
    "other subcommands": ("!pip uninstall -y pandas\n!pip freeze\n!pip download pandas\n!apt-get update\n!pip list", []),
    "commented out": ("# !pip install pandas\n#%pip install numpy", []),
    "in a text": ("x = 'pip install pandas'\nprint('!pip install numpy')", []),
    "another program": ("!npm install left-pad\n!python setup.py install\n!brew install x\n!echo pip install x", []),
    "nothing": ("!pip install\n%pip\n!conda install\n!pip install --upgrade", []),
    "odd quotes": ("!pip install 'pandas\n!pip install \"numpy", ["pip pandas !pip", "pip numpy !pip"]),
}  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
def test_read_commands__cell__gives_its_wishes(name):
    """What a cell installs is declared, with what is known of its version."""
    source, expected = COMMANDS[name]
    declared = read_commands(read_code(notebook_of(source))).declared
    assert [
        f"{item.manager} {item.name}{''.join(f'[{extra}]' for extra in item.extras)}{item.specifier}"
        f"{'@' if item.url else ''}{item.url} {item.rule}"
        for item in declared
    ] == expected


def test_read_commands__places__are_the_users_lines():
    """A wish has the line of its command, in shell cells too."""
    code = read_code(notebook_of("x = 1\n!pip install a \\\n  b\n!pip install c", "%%bash\n\nls\npip install d"))
    assert [(item.name, str(item.location)) for item in read_commands(code).declared] == [
        ("a", "made.ipynb[1]:2"),
        ("b", "made.ipynb[1]:2"),
        ("c", "made.ipynb[1]:4"),
        ("d", "made.ipynb[2]:4"),
    ]


FILES: dict[str, tuple[str, list[str]]] = {
    "-r": ("!pip install -r requirements.txt", ["requirements.txt"]),
    "-qr": ("%pip install -qr ../requirements.txt pandas", ["../requirements.txt"]),
    "--requirement": ("!pip install --requirement=a.txt --requirement b.txt", ["a.txt", "b.txt"]),
    "constraints": ("!pip install -c c.txt", []),
    "unknown": ("!pip install -r {path}", []),
}


@pytest.mark.parametrize("name", FILES)
def test_requirement_files__command__are_named(name):
    """Requirements files are named as they were written."""
    source, expected = FILES[name]
    assert [path for path, _ in read_commands(read_code(notebook_of(source))).requirement_files] == expected
