//! What the engine gives the reader to do, and what the reader says: short texts, with bytes or a long text beside them
//! that nobody on the way takes apart.

use automerge::ChangeHash;
use huigao_protocol::command::Splice;
use huigao_shared::authorship::AuthorRows;
use huigao_shared::ids::{DocumentId, MemberId};
use serde::{Deserialize, Serialize};

/// Names a job, so that what is said of it finds its way back.
pub type JobNumber = u64;

/// Something to be read in a document. The reader makes or completes its copy of it by the bytes that come along.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Job {
    /// Names it.
    pub number: JobNumber,
    /// In which document.
    pub document: DocumentId,
    /// The heads of the copy that the bytes go on from; none if they are the whole document.
    #[serde(with = "hashes")]
    pub from: Vec<ChangeHash>,
    /// The heads of the copy once they are in it.
    #[serde(with = "hashes")]
    pub heads: Vec<ChangeHash>,
    /// What is wanted.
    pub what: What,
}

/// What can be read.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum What {
    /// Who wrote what stands, what is new and what is gone.
    Merged(Box<Whose>),
}

/// For whom a document is read.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Whose {
    /// Who reads.
    pub me: MemberId,
    /// The heads when they last read it; none if they never did.
    #[serde(with = "hashes")]
    pub read: Vec<ChangeHash>,
    /// By whose hands its changes came.
    pub authors: AuthorRows,
    /// What they typed and what is no change yet.
    pub typed: Vec<Splice>,
}

/// A job, and the bytes that come along.
#[derive(Clone, PartialEq, Debug)]
pub struct ReadJob {
    /// The job.
    pub job: Job,
    /// A whole document, or changes one behind the other.
    pub bytes: Vec<u8>,
    /// About how much is to be read: the text's length, and that of the bytes.
    pub size: usize,
}

/// What the engine says to the reader.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum ToReader {
    /// Do this; its bytes come beside it.
    Read(Box<Job>),
    /// Nobody waits for that any more.
    Stop(JobNumber),
}

/// What the reader says.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Said {
    /// So far it has come.
    Progress {
        /// The job's.
        number: JobNumber,
        /// So much is done.
        done: u32,
        /// Of so much.
        of: u32,
    },
    /// It is done.
    Done {
        /// The job's.
        number: JobNumber,
        /// The answer to whoever asked, as `Answer::encode` gives it. It travels beside the rest.
        #[serde(skip)]
        answer: String,
    },
    /// The copy that the bytes go on from is not here, or they do not fit it: the whole document is wanted.
    Lacks(JobNumber),
    /// It was stopped.
    Stopped(JobNumber),
}

impl ToReader {
    /// As text.
    #[must_use]
    pub fn encode(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// From text; none if it is not one of this version.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

impl Said {
    /// Of which job.
    #[must_use]
    pub fn number(&self) -> JobNumber {
        match self {
            Self::Progress { number, .. } | Self::Done { number, .. } | Self::Lacks(number) | Self::Stopped(number) => {
                *number
            }
        }
    }

    /// As a text, and what travels beside it.
    #[must_use]
    pub fn encode(self) -> (String, String) {
        let head = serde_json::to_string(&self).unwrap_or_default();
        let beside = match self {
            Self::Done { answer, .. } => answer,
            Self::Progress { .. } | Self::Lacks(_) | Self::Stopped(_) => String::new(),
        };
        (head, beside)
    }

    /// From that; none if it is not one of this version.
    #[must_use]
    pub fn decode(head: &str, beside: String) -> Option<Self> {
        let mut said = serde_json::from_str(head).ok()?;
        if let Self::Done { answer, .. } = &mut said {
            *answer = beside;
        }
        Some(said)
    }
}

mod hashes {
    //! Hashes as hexadecimal strings.

    use automerge::ChangeHash;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(hashes: &[ChangeHash], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(hashes.iter().map(ToString::to_string))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<ChangeHash>, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        texts.iter().map(|text| text.parse().map_err(serde::de::Error::custom)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_travels_comes_as_what_it_was() {
        let whose = Whose {
            me: MemberId::from_key("me"),
            read: vec![ChangeHash([7; 32])],
            authors: AuthorRows::default(),
            typed: vec![Splice { at: 1, delete: 0, insert: "字".into() }],
        };
        let job = Job {
            number: 3,
            document: DocumentId::from_bytes([1; 16]),
            from: Vec::new(),
            heads: vec![ChangeHash([8; 32])],
            what: What::Merged(Box::new(whose)),
        };
        for message in [ToReader::Read(Box::new(job)), ToReader::Stop(3)] {
            assert_eq!(ToReader::decode(&message.encode()), Some(message));
        }
        let answer = "{\"a\": \"long \\\"one\\\"\"}".to_owned();
        let progress = Said::Progress { number: 3, done: 1, of: 2 };
        for said in [Said::Done { number: 3, answer }, progress, Said::Lacks(3), Said::Stopped(3)] {
            let (head, beside) = said.clone().encode();
            assert_eq!(Said::decode(&head, beside), Some(said));
        }
    }
}
