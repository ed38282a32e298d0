//! What the worker brings back: told to the person, and handed to the course as an event.

use std::time::SystemTime;

use super::Session;
use crate::cli::failure::{Failure, sentence_of};
use crate::cli::watch::event::{Builds, Built, Event, Mended, View};
use crate::cli::watch::verdicts::{self, Clock};
use crate::cli::watch::words::{self, IsNew};
use crate::cli::watch::worker::{BuildReport, Fate, MendingReport, Report};
use crate::inspect::{InspectError, Inspection};
use crate::remedy::MendResult;

impl Session {
    /// Takes in what a job came to.
    pub(super) fn done(&mut self, report: Report) -> Result<(), Failure> {
        match report {
            Report::Looked(looked) => match *looked {
                Ok(inspection) => self.looked(inspection),
                Err(error) => return self.not_looked(error),
            },
            Report::Built(report) => self.built(&report),
            Report::Mended(report) => self.mended(&report),
        }
        Ok(())
    }

    fn looked(&mut self, inspection: Inspection) {
        self.refused = None;
        let is_first = self.inspection.is_none();
        let clock = Clock {
            now: self.now(),
            system: SystemTime::now(),
        };
        let view = verdicts::view(&inspection, clock);
        self.inputs.plan(&inspection);
        self.inspection = Some(inspection);
        if is_first {
            self.tell_start();
        }
        // What changed before its directory was watched has no event.
        let difference = self.compare();
        self.happen(Event::Compared(difference));
        self.happen(Event::Looked(view));
    }

    /// Without a workspace at the start there is nothing to watch; later it may come back.
    fn not_looked(&mut self, error: InspectError) -> Result<(), Failure> {
        if self.inspection.is_none() {
            return Err(error.into());
        }
        self.inputs.plan_for_nothing();
        let words = sentence_of(&error);
        if self.refused.as_ref() != Some(&words) {
            self.say(&words::Event::Failed(words.clone()));
            self.refused = Some(words);
        }
        self.happen(Event::Looked(View::unreadable()));
        Ok(())
    }

    fn built(&mut self, report: &BuildReport) {
        // What the build itself wrote is seen before it counts as somebody's edit.
        let difference = self.compare();
        let sources = report.sources.clone();
        self.inputs.add_sources(report.packages.clone(), sources);
        let built = match &report.fate {
            Fate::Good(products) => {
                let is_new = if self.course.has_released(products) {
                    IsNew::No
                } else {
                    IsNew::Yes
                };
                let edited = self.inputs.build_ended();
                self.say(&words::Event::Built {
                    took: report.took,
                    edited: &edited,
                    is_new,
                });
                Built::Good(products.clone())
            }
            Fate::Failed(failure) => {
                let edited = self.inputs.build_ended();
                self.say(&words::Event::BuildFailed {
                    took: report.took,
                    edited: &edited,
                    failure,
                    kept_running: self.outlet.kept_running(),
                });
                self.teller.remember(failure);
                Built::Failed
            }
            Fate::Cancelled => {
                self.inputs.build_cancelled();
                Built::Cancelled
            }
        };
        if let Some(mend) = &report.macros {
            self.teller.say_mended(mend, report.took);
        }
        self.happen(Event::Compared(difference));
        self.happen(Event::Built(built));
    }

    fn mended(&mut self, report: &MendingReport) {
        let difference = self.compare();
        let mended = match &report.result {
            Ok(mend) => {
                self.teller.say_mended(mend, report.took);
                match mend.result {
                    MendResult::Mended => Mended::Done,
                    MendResult::Cancelled => Mended::Cancelled,
                    MendResult::Unmended | MendResult::NothingToDo => Mended::NotDone,
                }
            }
            Err(_) if self.cancel.is_cancelled() => Mended::Cancelled,
            Err(error) => {
                self.say(&words::Event::Failed(sentence_of(error)));
                Mended::NotDone
            }
        };
        self.happen(Event::Compared(difference));
        self.happen(Event::Mended(mended));
    }

    fn tell_start(&mut self) {
        let Some(inspection) = &self.inspection else {
            return;
        };
        let builds = self.orders.builds == Builds::OnEveryEdit;
        let event = words::Event::Watching {
            inspection,
            build: builds.then(|| self.build.clone()),
            then: self.outlet.in_words(),
        };
        self.teller.say(&event, &inspection.workspace.root);
    }
}
