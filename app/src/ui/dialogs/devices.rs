//! Another person's devices, for the campaign office: a lost PC is cut off here.

use huigao_shared::ids::MemberId;
use leptos::prelude::*;
use rust_i18n::t;

use crate::ui::desk::use_desk;
use crate::ui::devices::DeviceList;
use crate::ui::dialogs::modal::{Modal, ModalForm};
use crate::ui::names::name_and_unit;

/// Shows them.
#[component]
pub fn DevicesDialog(member: MemberId) -> impl IntoView {
    let (desk, modal) = (use_desk(), Modal::new());
    let who = desk.roster.with_untracked(|roster| name_and_unit(roster, member));
    let foot = view! {
        <button type="submit" class="btn btn--primary">
            {t!("action.close")}
        </button>
    }
    .into_any();
    view! {
        <ModalForm modal=modal title=t!("device.of", name = who) on_submit=move || modal.close() foot=foot>
            <DeviceList member=member />
        </ModalForm>
    }
}
