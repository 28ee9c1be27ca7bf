//! The documentation site: `docs/book`, with what it takes from other files of the
//! repository and from the program itself, built by mdBook, its links checked.

mod expand;
mod links;
mod reference;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use walkdir::WalkDir;

use crate::run::{Result, program, root, run, target};
use crate::tools::pip_install;
use expand::Pages;

/// Builds the site into target/book/site.
pub(crate) fn book() -> Result<()> {
    let tools = tools()?;
    let program = program()?;
    let folder = target().join("book");
    let _ = fs::remove_dir_all(&folder);
    let from = root().join("docs/book");
    write(&folder.join("book.toml"), &read(&from.join("book.toml"))?)?;
    let pages = Pages::read(&from.join("src"))?;
    let src = folder.join("src");
    let messages = reference::write_all(&program, &src)?;
    pages.write(&src, &program, &messages)?;
    let site = folder.join("site");
    let mut build = Command::new(tools.join("mdbook"));
    build.env("RUST_LOG", "warn").arg("build");
    run(build.arg("--dest-dir").arg(&site).arg(&folder))?;
    let checked = links::check(&site)?;
    if checked == 0 {
        return Err(format!("{} has no page", site.display()));
    }
    println!("{}: {checked} links lead somewhere", site.display());
    Ok(())
}

/// mdBook and the linters, in a virtual environment.
pub(crate) fn tools() -> Result<PathBuf> {
    let folder = target().join("docs-tools");
    let requirements = "xtask/docs-requirements.txt";
    let wanted = read(&root().join(requirements))?;
    let stamp = folder.join("installed.txt");
    if !read(&stamp).is_ok_and(|installed| installed == wanted) {
        println!("installing mdBook and linters into {}", folder.display());
        let _ = fs::remove_dir_all(&folder);
        run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
        run(&mut pip_install(&folder.join("bin/python"), requirements))?;
        write(&stamp, &wanted)?;
    }
    Ok(folder.join("bin"))
}

pub(crate) fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

pub(crate) fn write(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().unwrap_or(path);
    let done = fs::create_dir_all(folder).and_then(|()| fs::write(path, text));
    done.map_err(|error| format!("{}: {error}", path.display()))
}

/// The files of a folder with this ending, relative to it.
pub(crate) fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = WalkDir::new(folder)
        .sort_by_file_name()
        .into_iter()
        .flatten();
    let files = entries.filter(|entry| entry.path().extension().is_some_and(|e| e == ending));
    let relative = files.filter_map(|entry| {
        let path = entry.path().strip_prefix(folder);
        path.ok().map(Path::to_owned)
    });
    relative.collect()
}
