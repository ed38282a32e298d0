//! Points in time as a person reads them. UTC, said so: the local offset cannot be had without a time-zone library.

use std::time::{SystemTime, UNIX_EPOCH};

const SECONDS_PER_DAY: u64 = 86_400;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Such as `20 Nov 2026, 18:16 UTC`; `None` for a time before 1970, which no build has.
pub(crate) fn in_words(time: SystemTime) -> Option<String> {
    let seconds = time.duration_since(UNIX_EPOCH).ok()?.as_secs();
    let (year, month, day) = civil_date(seconds / SECONDS_PER_DAY);
    let month = MONTHS.get(usize::try_from(month).ok()?)?;
    let minutes = seconds % SECONDS_PER_DAY / 60;
    Some(format!(
        "{day} {month} {year}, {:02}:{:02} UTC",
        minutes / 60,
        minutes % 60
    ))
}

/// Year, month from zero and day from one, of a count of days since 1970-01-01 in the Gregorian calendar.
///
/// Years are counted from March here, so that the leap day comes last and month lengths follow one rule:
/// (153 * month + 2) / 5 days lie before each month.
fn civil_date(days_since_1970: u64) -> (u64, u64, u64) {
    const DAYS_FROM_MARCH_OF_YEAR_ZERO: u64 = 719_468;
    const DAYS_PER_ERA: u64 = 146_097;
    let days = days_since_1970 + DAYS_FROM_MARCH_OF_YEAR_ZERO;
    let (era, day_of_era) = (days / DAYS_PER_ERA, days % DAYS_PER_ERA);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let months_since_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * months_since_march + 2) / 5 + 1;
    let month = (months_since_march + 2) % 12;
    let year = era * 400 + year_of_era + u64::from(months_since_march >= 10);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn dates_around_leap_days_and_year_ends_are_right() {
        // Each second count is what `date -u -d … +%s` gives.
        for (seconds, words) in [
            (0, "1 Jan 1970, 00:00 UTC"),
            (951_782_399, "28 Feb 2000, 23:59 UTC"),
            (951_782_400, "29 Feb 2000, 00:00 UTC"),
            (951_868_800, "1 Mar 2000, 00:00 UTC"),
            (1_704_067_199, "31 Dec 2023, 23:59 UTC"),
            (1_704_067_200, "1 Jan 2024, 00:00 UTC"),
            (1_795_198_560, "20 Nov 2026, 18:16 UTC"),
            (4_107_542_400, "1 Mar 2100, 00:00 UTC"),
        ] {
            let time = UNIX_EPOCH + Duration::from_secs(seconds);
            assert_eq!(in_words(time).unwrap(), words);
        }
    }

    #[test]
    fn a_time_before_1970_has_no_words() {
        assert_eq!(in_words(UNIX_EPOCH - Duration::from_secs(1)), None);
    }
}
