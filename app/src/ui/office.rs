//! What pages ask of the relay only while there is a line, and what it may answer.

use std::rc::Rc;

use huigao_shared::authority::Edit;
use huigao_shared::ids::{DeviceId, MemberId};
use huigao_shared::roster::{MAX_FILE, MAX_FILE_ROWS};
use rust_i18n::t;
use serde::{Deserialize, Serialize};

use huigao_browser::account::{Account, AskError};
use huigao_browser::http::HttpError;
use huigao_protocol::command::ShutOut;

/// How long an invitation may stand, in hours.
pub const HOURS: [u32; 4] = [24, 72, 168, 336];

/// A device, as the relay lists it. Times in seconds since 1970.
#[derive(Clone, PartialEq, Debug, Deserialize)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// What its owner calls it.
    pub name: String,
    /// When it was enrolled.
    pub enrolled: i64,
    /// When it last signed in.
    pub seen: Option<i64>,
    /// When it was revoked.
    pub revoked: Option<i64>,
    /// It is this one.
    pub this: bool,
}

/// An invitation, as the relay lists it. Times in seconds since 1970.
#[derive(Clone, PartialEq, Debug, Deserialize)]
pub struct Invitation {
    /// Its public name.
    pub id: String,
    /// For whom.
    pub member: MemberId,
    /// Who made it; none for the relay's own command line.
    pub by: Option<MemberId>,
    /// When.
    pub created: i64,
    /// Until when it is good.
    pub expires: i64,
    /// The device that it enrolled.
    pub device: Option<DeviceId>,
    /// When it was taken back.
    pub revoked: Option<i64>,
}

/// An invitation that was just made: its code is shown now and never again.
#[derive(Clone, PartialEq, Debug, Deserialize)]
pub struct Invited {
    /// Its public name, by which it is taken back.
    pub id: String,
    /// Twelve digits in three groups.
    pub code: String,
    /// The address to open.
    pub link: Option<String>,
    /// The link as a picture, SVG.
    pub picture: Option<String>,
    /// Until when it is good.
    pub expires: i64,
}

/// One slip of a sheet of invitations: its code is shown now and never again.
#[derive(Clone, PartialEq, Debug, Deserialize)]
pub struct Slip {
    /// For whom.
    pub member: MemberId,
    /// Twelve digits in three groups.
    pub code: String,
    /// The link as a picture.
    pub squares: Option<Squares>,
    /// Until when it is good.
    pub expires: i64,
}

/// Somebody whom no document names.
#[derive(Clone, PartialEq, Debug, Deserialize)]
pub struct Unnamed {
    /// Who.
    pub member: MemberId,
    /// Whether a device of theirs is enrolled: words may wait on it.
    pub enrolled: bool,
}

/// A picture of squares.
#[derive(Clone, PartialEq, Debug, Deserialize)]
pub struct Squares {
    /// How many a row has, and how many rows there are.
    pub width: usize,
    /// Row after row, four to a hexadecimal digit; the dark ones are set.
    pub dark: String,
}

/// One row of a file that is to be imported.
#[derive(Clone, PartialEq, Debug, Deserialize)]
pub struct ImportRow {
    /// Its line in the file, from 1.
    pub line: usize,
    /// The name in it.
    pub name: String,
    /// Who it is, if they are on the roster.
    #[serde(default)]
    pub member: Option<MemberId>,
    /// `new`, `changed`, `same` or `bad`.
    pub state: String,
    /// What is wrong, by name and with the text it is about.
    #[serde(default)]
    pub problems: Vec<(String, String)>,
    /// What is to be known of it all the same.
    #[serde(default)]
    pub notes: Vec<(String, String)>,
}

/// A column whose heading the relay does not understand.
#[derive(Clone, PartialEq, Debug, Deserialize)]
pub struct UnreadColumn {
    /// Which, from 0.
    pub at: usize,
    /// Its heading.
    pub heading: String,
    /// The heading that may be meant.
    pub near: Option<String>,
}

/// What an import would do.
#[derive(Clone, PartialEq, Debug, Deserialize)]
pub struct Preview {
    /// Every row of the file.
    pub rows: Vec<ImportRow>,
    /// Units that are not there yet.
    pub units: Vec<String>,
    /// Columns that are not read.
    #[serde(default)]
    pub unread: Vec<UnreadColumn>,
    /// The sheet that was read, of several.
    #[serde(default)]
    pub sheet: Option<String>,
    /// Sheets with people that were not read.
    #[serde(default)]
    pub others: Vec<String>,
    /// What to do, if it is to be done.
    pub edits: Vec<Edit>,
}

/// What pages ask.
#[derive(Clone)]
pub struct Office(Rc<Account>);

impl Office {
    /// Of this person.
    pub fn of(account: Rc<Account>) -> Self {
        Self(account)
    }

    /// The devices of a person.
    pub async fn devices(&self, member: MemberId) -> Result<Vec<Device>, AskError> {
        self.0.get(&format!("/api/devices?member={member}")).await
    }

    /// Calls a device otherwise.
    pub async fn rename(&self, device: DeviceId, name: &str) -> Result<(), AskError> {
        #[derive(Serialize)]
        struct Rename<'a> {
            name: &'a str,
        }
        self.0.patch(&format!("/api/devices/{device}"), &Rename { name }).await
    }

    /// Cuts a device off.
    pub async fn revoke(&self, device: DeviceId) -> Result<(), AskError> {
        self.0.delete(&format!("/api/devices/{device}")).await
    }

    /// Invites a person to enrol a device within so many hours.
    pub async fn invite(&self, member: MemberId, hours: u32) -> Result<Invited, AskError> {
        #[derive(Serialize)]
        struct Invite {
            member: MemberId,
            hours: u32,
        }
        self.0.post("/api/invitations", &Invite { member, hours }).await
    }

    /// Invites many people at once, each for so many hours.
    pub async fn invite_many(&self, members: &[MemberId], hours: u32) -> Result<Vec<Slip>, AskError> {
        #[derive(Serialize)]
        struct Many<'a> {
            members: &'a [MemberId],
            hours: u32,
        }
        self.0.post_long("/api/invitations/many", &Many { members, hours }).await
    }

    /// All invitations that this person may see.
    pub async fn invitations(&self) -> Result<Vec<Invitation>, AskError> {
        self.0.get("/api/invitations").await
    }

    /// Takes an invitation back.
    pub async fn take_back(&self, invitation: &str) -> Result<(), AskError> {
        self.0.delete(&format!("/api/invitations/{invitation}")).await
    }

    /// What a file of people would do to the roster. `near` are columns to be taken for what their headings may mean.
    pub async fn preview(&self, file: &[u8], near: &[usize]) -> Result<Preview, AskError> {
        let near: Vec<String> = near.iter().map(usize::to_string).collect();
        self.0.upload(&format!("/api/roster/preview?near={}", near.join(",")), file).await
    }

    /// People whom no document names: they can be taken off the roster.
    pub async fn unnamed(&self) -> Result<Vec<Unnamed>, AskError> {
        self.0.get("/api/roster/unnamed").await
    }

    /// A file of the relay's.
    pub async fn download(&self, path: &str) -> Result<Vec<u8>, AskError> {
        self.0.download(path).await
    }

    /// Reads something that only one page knows.
    pub async fn get<T: serde::de::DeserializeOwned>(&self, path: &str) -> Result<T, AskError> {
        self.0.get(path).await
    }
}

/// What went wrong, and what to do.
pub fn trouble(error: &AskError) -> String {
    match error {
        AskError::ShutOut(why) => shut_out_words(*why).1,
        AskError::Key(why) => t!("join.no_key", why = why).into_owned(),
        // A proxy before the relay may say it first, without a name.
        AskError::Http(HttpError::Status { status: 413, .. }) => too_large(),
        AskError::Http(HttpError::Status { name, .. }) => match name.as_str() {
            "not-allowed" => t!("office.not_allowed").into_owned(),
            "no-such" => t!("office.no_such").into_owned(),
            "too-many" => t!("office.too_many").into_owned(),
            "too-many-devices" => t!("office.too_many_devices").into_owned(),
            "table-too-large" => t!("office.table_too_large", n = MAX_FILE_ROWS).into_owned(),
            "no-headings" => t!("office.no_headings").into_owned(),
            "malformed" => t!("office.malformed").into_owned(),
            "unreadable-file" => t!("office.unreadable_file").into_owned(),
            _ => t!("office.failed").into_owned(),
        },
        AskError::Http(HttpError::Unreachable | HttpError::Timeout | HttpError::Unreadable(_)) => {
            t!("office.away").into_owned()
        }
    }
}

/// That a file is too large, and how large it may be.
pub fn too_large() -> String {
    t!("office.too_large", n = MAX_FILE >> 20).into_owned()
}

/// Why the relay will not have this device: in a word, and in a sentence that says what to do.
pub fn shut_out_words(why: ShutOut) -> (String, String) {
    let (word, sentence) = match why {
        ShutOut::Revoked => (t!("out.revoked"), t!("out.revoked_text")),
        ShutOut::Left => (t!("out.left"), t!("out.left_text")),
        ShutOut::NoKey => (t!("out.no_key"), t!("out.no_key_text")),
    };
    (word.into_owned(), sentence.into_owned())
}
