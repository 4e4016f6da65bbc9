import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("rag", "models", "index", "ui")
MAY_IMPORT = {
    "rag": {"rag"},
    "models": {"models", "rag"},
    "index": {"index", "rag"},
    "ui": {"ui", "models", "index", "rag"},
}
PURE = {"numpy", "snowballstemmer"}
HEAVY = ("torch", "transformers", "sentence_transformers", "llama_cpp", "faiss", "gradio", "openai")
LIGHT = (
    "charset_normalizer",
    "lingua",
    "markdown_it",
    "platformdirs",
    "psutil",
    "pydantic_settings",
    "snowballstemmer",
    "trafilatura",
    "yaml",
)
FILES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_imports_point_down(path: Path) -> None:
    room = path.relative_to(ROOT).parts[0]
    rooms = {name.split(".")[0] for name in imported(path)} & set(ROOMS)
    assert rooms <= MAY_IMPORT[room]


@pytest.mark.parametrize("path", sorted((ROOT / "rag").rglob("*.py")), ids=module_name)
def test_thinking_uses_the_standard_library_and_pure_libraries_alone(path: Path) -> None:
    roots = {name.split(".")[0] for name in imported(path)}
    assert roots <= {"rag"} | PURE | set(sys.stdlib_module_names)
    assert not roots & {"sqlite3", "socket", "http", "urllib", "subprocess", "os", "io"}


def test_imports_have_no_cycles() -> None:
    modules = {module_name(path) for path in FILES}
    graph = {module_name(path): imported(path) & modules for path in FILES}
    tuple(TopologicalSorter(graph).static_order())  # Raises CycleError.


@pytest.mark.parametrize("library", [*HEAVY, *LIGHT])
def test_a_foreign_library_is_known_to_one_file_alone(library: str) -> None:
    knowing = [
        module_name(path)
        for path in FILES
        if library in {name.split(".")[0] for name in imported(path)}
    ]
    # The page is one thing in several files; torch comes with sentence-transformers.
    rooms = {name.rsplit(".", 1)[0] if name.startswith("ui.page") else name for name in knowing}
    assert len(rooms) <= 1, knowing


def test_only_the_library_knows_its_database() -> None:
    knowing = [path for path in FILES if "sqlite3" in imported(path)]
    assert {path.parent.name for path in knowing} == {"index"}


def test_the_command_line_loads_no_runtime_before_it_needs_one() -> None:
    heavy = [*HEAVY, "numpy", "trafilatura", "lingua", "pydantic", "httpx"]
    code = f"import sys, ui.cli; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[]"
