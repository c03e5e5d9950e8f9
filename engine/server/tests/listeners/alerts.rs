//! What needs a person is told: by the project's recipe and by a post, once.

use serde_json::Value;
use souschef_runtime::journal::{Page, RunFilter};
use souschef_server::Limits;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use super::kitchen::{Kitchen, begin};

/// The next post, answered with a status.
async fn posted(listener: &TcpListener, status: &str) -> Value {
    use tokio::io::AsyncReadExt;
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut bytes = Vec::new();
    loop {
        let mut buffer = [0; 4096];
        let count = stream.read(&mut buffer).await.unwrap();
        bytes.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((_, body)) = text.split_once("\r\n\r\n")
            && let Ok(body) = serde_json::from_str(body)
        {
            let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.unwrap();
            return body;
        }
    }
}

/// The runs of the recipe that tells, once they have ended.
async fn told(kitchen: &Kitchen, count: usize) -> Vec<String> {
    let filter = RunFilter {
        recipe: Some("tell".to_owned()),
        ..RunFilter::default()
    };
    loop {
        let page = Page {
            limit: 100,
            below: None,
        };
        let runs = kitchen.service.list(filter.clone(), page).await.unwrap();
        if runs.len() >= count && runs.iter().all(|run| run.ended_at.is_some()) {
            return runs.into_iter().filter_map(|run| run.reason).collect();
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_fails_is_told_of_once_by_recipe_and_by_post() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let address = format!("http://{}/hook?secret=1", listener.local_addr().unwrap());
    std::fs::write(dir.path().join("address"), address).unwrap();
    let more = "alerts:\n  recipe: tell\n  webhook: { file: address }\n  about: [run_failed]\n";
    let kitchen = Kitchen::of(dir, Limits::default(), more).await;
    let run = kitchen
        .service
        .submit(begin("breaks"))
        .await
        .unwrap()
        .runs
        .remove(0);
    // The first post is refused, and made again.
    let first = posted(&listener, "500 No").await;
    let again = posted(&listener, "204 Fine").await;
    assert_eq!(first, again);
    assert_eq!(again["alert"], "run_failed");
    assert_eq!(again["run"], run.as_str());
    assert!(
        again["text"].as_str().unwrap().contains("the oven is cold"),
        "{again}"
    );
    let reasons = told(&kitchen, 1).await;
    assert_eq!(reasons.len(), 1);
    assert!(reasons[0].contains("the oven is cold"), "{reasons:?}");

    // At the next start it is met again, and not told again: what fails after it is told first.
    let kitchen = Kitchen::of(kitchen.close().await, Limits::default(), more).await;
    let next = kitchen
        .service
        .submit(begin("breaks"))
        .await
        .unwrap()
        .runs
        .remove(0);
    assert_eq!(posted(&listener, "204 Fine").await["run"], next.as_str());
    assert_eq!(told(&kitchen, 2).await.len(), 2);
    kitchen.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_can_not_be_used_is_told_of_though_the_recipe_that_tells_is_gone() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::fs::write(dir.path().join("address"), address).unwrap();
    let more = "alerts:\n  recipe: nowhere\n  webhook: { file: address }\n";
    let kitchen = Kitchen::of(dir, Limits::default(), more).await;
    let alert = posted(&listener, "200 Fine").await;
    assert_eq!(alert["alert"], "token_dead", "{alert}");
    assert_eq!(alert["connection"], "lost");
    kitchen.close().await;
}
