//! Which delimiter closes which, also where some are missing, as in a text that is being written.

use crate::locate::uses::token::{Delimiter, Token, TokenKind};

/// For each token that opens, the place of the one that closes it; `None` for all others.
pub(super) fn partners(tokens: &[Token]) -> Vec<Option<usize>> {
    let mut partners = vec![None; tokens.len()];
    let mut open: Vec<(usize, Delimiter)> = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::Open(delimiter) => open.push((index, delimiter)),
            TokenKind::Close(delimiter) => {
                // A brace closes over what was left open in it; the others never reach beyond a brace.
                let place = open
                    .iter()
                    .enumerate()
                    .rev()
                    .take_while(|(_, (_, opened))| {
                        delimiter == Delimiter::Brace || *opened != Delimiter::Brace
                    })
                    .find(|(_, (_, opened))| *opened == delimiter)
                    .map(|(place, _)| place);
                if let Some(place) = place {
                    let opened = open.get(place).map(|(index, _)| *index);
                    if let Some(partner) = opened.and_then(|opened| partners.get_mut(opened)) {
                        *partner = Some(index);
                    }
                    open.truncate(place);
                }
            }
            _ => {}
        }
    }
    partners
}
