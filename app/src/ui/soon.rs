//! Work that may wait a moment and then happens once, however often it was asked for.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;

use futures_channel::oneshot;
use leptos::prelude::*;

use huigao_browser::clock::Timer;
use huigao_browser::spawn;

/// A piece of work that joins all requests of a moment. It dies with the part of the page that made it.
#[derive(Clone, Copy)]
pub struct Soon {
    work: StoredValue<Rc<dyn Fn()>, LocalStorage>,
    timer: StoredValue<Option<Timer>, LocalStorage>,
    waiting: StoredValue<bool>,
    wait_ms: u32,
}

impl Soon {
    /// Work that starts `wait_ms` after it is asked for.
    pub fn new(wait_ms: u32, work: impl Fn() + 'static) -> Self {
        Self {
            work: StoredValue::new_local(Rc::new(work)),
            timer: StoredValue::new_local(None),
            waiting: StoredValue::new(false),
            wait_ms,
        }
    }

    /// Asks for it. While a request waits, further ones join it.
    pub fn ask(self) {
        if self.waiting.try_get_value().unwrap_or(true) {
            return;
        }
        self.waiting.set_value(true);
        let timer = Timer::after(self.wait_ms, move || {
            self.waiting.try_set_value(false);
            if let Some(work) = self.work.try_get_value() {
                work();
            }
        });
        self.timer.set_value(Some(timer));
    }

    /// Does it at once, in place of a request that waits.
    pub fn now(self) {
        if let Some(work) = self.work.try_get_value() {
            work();
        }
    }
}

/// What is asked of the engine and shown when the answer comes: one question at a time. Asked for meanwhile, it is asked
/// once more when the answer is there, so that questions never queue before what is typed. It dies with the part of the
/// page that made it, and a question that waits then is taken back.
#[derive(Clone, Copy)]
pub struct OneAtATime {
    ask: StoredValue<Rc<dyn Fn() -> LocalFuture<Came>>, LocalStorage>,
    state: StoredValue<Asking>,
    /// Goes with this part of the page.
    here: StoredValue<Option<oneshot::Sender<()>>, LocalStorage>,
}

type LocalFuture<T> = Pin<Box<dyn Future<Output = T>>>;

/// What came of a question.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Came {
    /// The answer is shown.
    Shown,
    /// It failed. What was asked for meanwhile would too, perhaps: the user says when it is tried again.
    Failed,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Asking {
    Idle,
    Once,
    Again,
}

impl OneAtATime {
    /// `ask` asks, waits, and shows.
    pub fn new<F: Future<Output = Came> + 'static>(ask: impl Fn() -> F + 'static) -> Self {
        let ask: Rc<dyn Fn() -> LocalFuture<Came>> = Rc::new(move || Box::pin(ask()));
        let (ask, here) = (StoredValue::new_local(ask), StoredValue::new_local(None));
        Self { ask, state: StoredValue::new(Asking::Idle), here }
    }

    /// Asks, now or when the answer to the last question has come.
    pub fn ask(self) {
        match self.state.try_get_value() {
            None | Some(Asking::Again) => {}
            Some(Asking::Once) => self.state.set_value(Asking::Again),
            Some(Asking::Idle) => {
                self.state.set_value(Asking::Once);
                let (here, gone) = oneshot::channel();
                self.here.set_value(Some(here));
                spawn(until(gone, async move {
                    while let Some(ask) = self.ask.try_get_value() {
                        let came = ask().await;
                        let is_wanted = self.state.try_get_value() == Some(Asking::Again);
                        let goes_on = is_wanted && came == Came::Shown;
                        self.state.try_set_value(if goes_on { Asking::Once } else { Asking::Idle });
                        if !goes_on {
                            return;
                        }
                    }
                }));
            }
        }
    }
}

/// Works until it is done, or until the other end of the channel has gone.
async fn until(mut gone: oneshot::Receiver<()>, work: impl Future<Output = ()> + 'static) {
    let mut work: LocalFuture<()> = Box::pin(work);
    poll_fn(move |context| match Pin::new(&mut gone).poll(context) {
        Poll::Ready(_) => Poll::Ready(()),
        Poll::Pending => work.as_mut().poll(context),
    })
    .await;
}
