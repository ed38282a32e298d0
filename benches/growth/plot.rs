//! A plot in plain text, both axes logarithmic, narrow enough for a README.

const WIDTH: usize = 54;
const ROWS_OF_A_DECADE: usize = 4;

/// Measured points under one mark.
pub(crate) struct Line {
    pub(crate) mark: char,
    pub(crate) name: &'static str,
    pub(crate) points: Vec<(f64, f64)>,
}

/// The powers of ten that an axis goes through.
struct Axis {
    first: i32,
    last: i32,
    cells: usize,
}

impl Axis {
    fn decades(values: impl Iterator<Item = f64> + Clone) -> (i32, i32) {
        let least = values.clone().fold(f64::INFINITY, f64::min);
        let most = values.fold(f64::MIN_POSITIVE, f64::max);
        let first = rounded(least.log10().floor());
        (first, rounded(most.log10().ceil()).max(first + 1))
    }

    fn cell(&self, value: f64) -> usize {
        let decades = f64::from(self.last - self.first);
        let share = (value.log10() - f64::from(self.first)) / decades;
        let last = u32::try_from(self.cells - 1).expect("a small plot");
        usize::try_from(rounded((share * f64::from(last)).round())).unwrap_or(0)
    }
}

/// Prints milliseconds over counts.
pub(crate) fn print(title: &str, counted: &str, lines: &[Line]) {
    let points = || lines.iter().flat_map(|line| line.points.iter());
    let (first, last) = Axis::decades(points().map(|(x, _)| *x));
    let across = Axis {
        first,
        last,
        cells: WIDTH,
    };
    let (first, last) = Axis::decades(points().map(|(_, y)| *y));
    let rows = usize::try_from(last - first).expect("upwards") * ROWS_OF_A_DECADE + 1;
    let up = Axis {
        first,
        last,
        cells: rows,
    };
    let mut cells = vec![vec![' '; WIDTH]; rows];
    for line in lines {
        for pair in line.points.windows(2) {
            let ((from, low), (to, high)) = (pair[0], pair[1]);
            let start = across.cell(from);
            let span = across.cell(to) - start;
            for step in 0..span {
                let between = low.log10() + ratio(step, span) * (high.log10() - low.log10());
                cells[up.cell(10_f64.powf(between))][start + step] = '·';
            }
        }
    }
    for line in lines {
        for (x, y) in &line.points {
            cells[up.cell(*y)][across.cell(*x)] = line.mark;
        }
    }
    println!("\n{title}");
    for (row, cells) in cells.iter().enumerate().rev() {
        let label = if row % ROWS_OF_A_DECADE == 0 {
            let decade = up.first + rounded(ratio(row, ROWS_OF_A_DECADE));
            format!("{} ms", 10_f64.powi(decade))
        } else {
            String::new()
        };
        let text: String = cells.iter().collect();
        println!("{label:>9} |{}", text.trim_end());
    }
    let mut ticks = vec![' '; WIDTH + 8];
    for decade in across.first..=across.last {
        let label = 10_f64.powi(decade).to_string();
        let place = across
            .cell(10_f64.powi(decade))
            .saturating_sub(label.len() / 2);
        for (offset, letter) in label.chars().enumerate() {
            ticks[place + offset] = letter;
        }
    }
    let ticks: String = ticks.iter().collect();
    println!("{:>9} +{}", "", "-".repeat(WIDTH));
    println!("{:>9}  {} {counted}", "", ticks.trim_end());
    for line in lines {
        println!("{:>9}  {} {}", "", line.mark, line.name);
    }
}

fn ratio(part: usize, whole: usize) -> f64 {
    let small = |number| f64::from(u32::try_from(number).expect("a small plot"));
    small(part) / small(whole)
}

#[allow(clippy::cast_possible_truncation)]
fn rounded(value: f64) -> i32 {
    value as i32
}
