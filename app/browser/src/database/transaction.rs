//! One transaction, from its requests to its end.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use super::{Access, Connection, Requests, Running, Step, scripts, translate};
use huigao_protocol::command::StoreError;

/// Why a transaction did not complete.
pub enum Failure {
    /// The connection is closed; another may be opened.
    Closed,
    /// All else.
    Other(StoreError),
}

/// Runs one transaction and waits until it has completed.
pub async fn attempt<T: 'static>(
    connection: &Connection,
    stores: &[&str],
    access: Access,
    requests: impl Fn(Running) -> Requests<T> + 'static,
) -> Result<T, Failure> {
    let transaction = connection.transaction(stores);
    let transaction = match access {
        Access::Read => transaction,
        Access::Write => transaction.rw(),
    };
    let expected = scripts::expect_transaction();
    let outcome = expected.outcome();
    let answers = transaction.run(move |running| {
        let mut requests = requests(running);
        let mut begun = false;
        poll_fn(move |context| {
            let polled = requests.as_mut().poll(context);
            let refused = matches!(polled, Poll::Ready(Err(_)));
            if !begun && !refused && access == Access::Write {
                // To wait for the answers first would cost time, and the page may go meanwhile.
                expected.commit();
            }
            begun = true;
            polled
        })
    });
    completed(answers, outcome).await
}

/// Waits for the answers to a transaction's requests, which never come if it is aborted, and until it has completed.
async fn completed<T>(answers: impl Future<Output = Step<T>>, outcome: Promise) -> Result<T, Failure> {
    let aborted = |error: JsValue| Failure::Other(scripts::failure(&error));
    let mut answers = pin!(answers);
    let mut ended = pin!(JsFuture::from(outcome.clone()));
    let answered = poll_fn(|context| {
        if let Poll::Ready(result) = answers.as_mut().poll(context) {
            return Poll::Ready(Ok(result));
        }
        match ended.as_mut().poll(context) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(aborted(error))),
            // It completes after the last answer, so this is polled no more.
            Poll::Ready(Ok(_)) | Poll::Pending => Poll::Pending,
        }
    })
    .await?;
    match answered {
        Ok(value) => {
            JsFuture::from(outcome).await.map_err(aborted)?;
            Ok(value)
        }
        // It was never begun, whatever the reason: the script has kept it.
        Err(indexed_db::Error::DatabaseIsClosed) => match JsFuture::from(outcome).await {
            Err(error) if scripts::name_of(&error) != scripts::CLOSED_ERROR => Err(aborted(error)),
            Err(_) | Ok(_) => Err(Failure::Closed),
        },
        Err(error) => Err(Failure::Other(translate(error))),
    }
}

/// Several requests as one. They were made already; their answers come in the same order.
pub fn all(requests: Vec<Requests<()>>) -> Requests<()> {
    let mut waiting = VecDeque::from(requests);
    let mut begun = false;
    Box::pin(poll_fn(move |context| {
        if !begun {
            begun = true;
            // Each of them listens for its answer from its first poll on, and says if it was refused.
            for request in &mut waiting {
                if let Poll::Ready(Err(error)) = request.as_mut().poll(context) {
                    return Poll::Ready(Err(error));
                }
            }
            return if waiting.is_empty() { Poll::Ready(Ok(())) } else { Poll::Pending };
        }
        while let Some(request) = waiting.front_mut() {
            match request.as_mut().poll(context) {
                Poll::Ready(Ok(())) => waiting.pop_front(),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => return Poll::Pending,
            };
        }
        Poll::Ready(Ok(()))
    }))
}
