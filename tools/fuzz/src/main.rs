//! One input again: `holdfast-fuzz TARGET FILE` runs a finding without libFuzzer. `holdfast-fuzz --seeds FOLDER`
//! writes the seeds of every target for libFuzzer to begin with; `holdfast-fuzz --changed N TARGET` searches N
//! changed seeds with the stable compiler; `holdfast-fuzz` alone lists the targets.

use holdfast_fuzz::{TARGETS, Target, seeds, smoke};
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let done = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => {
            for target in TARGETS {
                println!("{} {}", target.name, target.longest);
            }
            Ok(())
        }
        ["--seeds", folder] => {
            write_seeds(Path::new(folder)).map_err(|error| format!("cannot write the seeds: {error}"))
        }
        ["--changed", count, name] => search(name, count),
        [name, file] => run(name, Path::new(file)),
        _ => Err("say `TARGET FILE`, `--changed N TARGET`, `--seeds FOLDER`, or nothing".to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn target(name: &str) -> Result<&'static Target, String> {
    let target = TARGETS.iter().find(|target| target.name == name);
    target.ok_or_else(|| format!("there is no target {name}; without words they are listed"))
}

fn search(name: &str, count: &str) -> Result<(), String> {
    let count = count.parse().map_err(|_| format!("{count} is no number; say how many inputs to change"))?;
    smoke::search(target(name)?, count)?;
    println!("{name} holds on its seeds and on {count} changed ones");
    Ok(())
}

fn run(name: &str, file: &Path) -> Result<(), String> {
    let target = target(name)?;
    let bytes = std::fs::read(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    (target.run)(&bytes);
    println!("{name} holds on {}", file.display());
    Ok(())
}

fn write_seeds(folder: &Path) -> std::io::Result<()> {
    for target in TARGETS {
        let folder = folder.join(target.name);
        std::fs::create_dir_all(&folder)?;
        let inputs = (target.seeds)().into_iter().chain(seeds::findings(target.name));
        for (number, input) in inputs.enumerate() {
            std::fs::write(folder.join(format!("seed-{number:03}")), input)?;
        }
    }
    Ok(())
}
