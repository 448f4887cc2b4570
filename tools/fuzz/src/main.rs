//! One input again: `holdfast-fuzz TARGET FILE` runs a finding without libFuzzer. `holdfast-fuzz --seeds FOLDER`
//! writes the seeds of every target for libFuzzer to begin with; `holdfast-fuzz` alone lists the targets.

use holdfast_fuzz::{TARGETS, seeds};
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
        [name, file] => run(name, Path::new(file)),
        _ => Err("say `TARGET FILE`, or `--seeds FOLDER`, or nothing".to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn run(name: &str, file: &Path) -> Result<(), String> {
    let target = TARGETS.iter().find(|target| target.name == name);
    let target = target.ok_or_else(|| format!("there is no target {name}; without words they are listed"))?;
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
